"""Operators on pictures, with the boxes, masks, points and depth that move with them."""
