"""botocore 1.43: the debug log shows session tokens in full, in what is signed and in the headers of requests.

Contacts 127.0.0.1:9, where nobody listens. Prints the loggers and how often each showed the token.
"""

import logging
from collections import Counter

import botocore.session
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

TOKEN = "s3cret-session-token"
seen: Counter[str] = Counter()


class Look(logging.Handler):
    """Counts the records that show the token."""

    def emit(self, record: logging.LogRecord) -> None:
        """Look at one record."""
        seen[record.name] += TOKEN in record.getMessage()


logging.getLogger().addHandler(Look())
logging.getLogger().setLevel(logging.DEBUG)
client = botocore.session.Session().create_client(
    "s3",
    region_name="us-east-1",
    endpoint_url="http://127.0.0.1:9",
    aws_access_key_id="key",
    aws_secret_access_key="secret",
    aws_session_token=TOKEN,
    config=Config(retries={"total_max_attempts": 1}),
)
try:
    client.list_buckets()
except EndpointConnectionError:
    print(+seen)
