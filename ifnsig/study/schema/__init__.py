"""The study file.

Its parts as typed models, what they mark (paths, columns), faults in words, the rules of its sheet. A question
brings its keys from ``ifnsig/questions``. Imports no other room.
"""
