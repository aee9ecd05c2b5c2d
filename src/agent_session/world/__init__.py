"""The world that an approval is made for: files, git, the processes around us, signatures.

What is read here lies outside of the store. Nothing is written but a signature's temporary
file, the list of known stores and the settings of a client, and nothing here decides
anything: the services and the core do.
"""
