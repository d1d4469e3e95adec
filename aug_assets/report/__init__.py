"""What a person sees of a day: figures as plain numbers, their drawings as SVG, and the page around them."""
