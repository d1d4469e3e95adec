"""What assets talk to: the lake, the Dask executor, and what both need."""
