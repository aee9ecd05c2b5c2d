"""The hosts, a small file each: what they say in our words, and our answers in theirs."""
