"""Pictures and their annotations in users' files: read by content, and written for others to use."""
