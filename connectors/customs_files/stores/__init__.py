"""Where files lie: a local folder, an SFTP server, an S3 bucket, or anything else that fsspec reaches."""

from connectors.customs_files.stores.store import Store

__all__ = ["Store"]
