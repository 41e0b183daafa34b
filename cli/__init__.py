"""The command line: one file for each verb or noun; what they do is done by the rooms below."""
