"""What a run leaves: the folder put in place whole, tables and limits, journal, crate."""
