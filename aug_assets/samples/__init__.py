"""Built-in sources, so that every shipped dataset runs without a download."""
