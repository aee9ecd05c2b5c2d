"""What SQL stores share: the store itself over a database's few verbs, and its columns."""
