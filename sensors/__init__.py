"""What starts a refresh: schedules, and one sensor a file."""
