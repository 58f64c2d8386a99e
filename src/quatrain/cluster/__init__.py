"""Clusters: the embedded chain, RPC servers, and what it takes to put the program on one."""
