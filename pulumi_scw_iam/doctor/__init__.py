"""What failed updates left behind."""
