"""Reading files in processes of their own, so that a hostile file costs one process and is listed, and nothing else."""
