"""adlfs 2026.8.0: a connection string of the environment wins over the account and key that are given.

Contacts nothing. Prints the address of the account that is used; the given one is `given`.
"""

import os

import adlfs

os.environ["AZURE_STORAGE_CONNECTION_STRING"] = "AccountName=others;AccountKey=b3RoZXJz;EndpointSuffix=example.org"
filesystem = adlfs.AzureBlobFileSystem(account_name="given", account_key="Z2l2ZW4=")
print(filesystem.service_client.url, "instead of https://given.blob.core.windows.net/")
