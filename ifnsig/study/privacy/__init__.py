"""Pseudonyms: the key, the ids as words, what may stay (an allow-list), and the study stripped of the rest."""
