"""The whole job: a study from its files to its report."""
