"""What several kinds share. No module here holds a kind."""
