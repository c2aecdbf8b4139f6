"""Two arms against each other: what a drug does beyond its control, and in whom. May import every other room."""
