"""Find and delete objects left behind by failed updates, for the commands `doctor` and `delete`."""
