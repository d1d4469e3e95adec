"""What the command line does, one command a file, each usable from Python."""
