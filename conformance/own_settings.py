"""What the settings of one storage are called, beside those of all."""

from __future__ import annotations

from typing import Final

__all__ = ["OWN"]

OWN: Final = {
    "S3_ENDPOINT_URL": "ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID": "ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY": "SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION": "REGION",
    "AZURE_STORAGE_CONNECTION_STRING": "CONNECTION_STRING",
    "STORAGE_EMULATOR_HOST": "ENDPOINT_URL",
    "GOOGLE_APPLICATION_CREDENTIALS": "CREDENTIALS_FILE",
    "STORAGE_FTP_ENDPOINT_URL": "ENDPOINT_URL",
    "STORAGE_FTP_USERNAME": "USERNAME",
    "STORAGE_FTP_PASSWORD": "PASSWORD",
    "STORAGE_FTP_CA_FILE": "CA_FILE",
    "STORAGE_HTTP_ENDPOINT_URL": "ENDPOINT_URL",
    "STORAGE_HTTP_USERNAME": "USERNAME",
    "STORAGE_HTTP_PASSWORD": "PASSWORD",
    "STORAGE_HTTP_CA_FILE": "CA_FILE",
}
"""A variable for all storages → what a storage's own is called behind its name."""
