"""What an audit asks of made rows: where they came from, and that they follow from what is told of them."""
