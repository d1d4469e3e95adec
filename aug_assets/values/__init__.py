"""Values of columns that are no plain numbers or text: pictures, boxes and points, and their stored form."""
