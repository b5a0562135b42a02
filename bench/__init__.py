"""The figures: what a user would want to know before trusting a pipeline with a thousand requests."""
