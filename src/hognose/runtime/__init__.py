"""What compiled code needs and the machine lacks, in the language itself."""
