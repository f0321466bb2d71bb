"""A year under all the regulations: who is there, what they do when something happens, what comes of it.

People here act on facts as they hear them, over HTTP, as their pages would. What each does in a story is drawn before
(`plans.py`) or follows from the number of the case, so that a seed fixes it all.
"""
