"""Find what failed updates left behind, and delete it; for the commands `doctor` and `delete`."""
