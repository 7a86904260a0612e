"""Trainings that somebody watches: what is learned from, what it will cost, the run itself, and races between nets."""
