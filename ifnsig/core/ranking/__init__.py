"""Where values stand among the genes of their sample: compiled and plain, the same counts."""
