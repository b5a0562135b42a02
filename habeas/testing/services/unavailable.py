"""What is raised where a service can't be had."""


class ServiceUnavailableError(Exception):
    """This machine has no way to run the service; the message names the ways there are."""
