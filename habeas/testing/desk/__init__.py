"""Scripts that a test has run inside a container of the command line's image, which has no test code of its own."""
