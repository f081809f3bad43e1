"""Training: what to do (`config`), doing it step by step (`loop`), runs of it (`jobs`, `runs`)."""
