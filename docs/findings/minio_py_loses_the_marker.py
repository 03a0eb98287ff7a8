"""minio-py keeps the marker of the next page of unfinished uploads under a name that nobody can ask for.

Contacts nothing: it is given the answer of a server.
"""

from importlib.metadata import version
from types import SimpleNamespace
from typing import Any, cast

from minio.datatypes import ListMultipartUploadsResult

ANSWER = b"""<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>
<NextKeyMarker>key</NextKeyMarker><NextUploadIdMarker>upload</NextUploadIdMarker></ListMultipartUploadsResult>"""

print("minio-py", version("minio"))
page = ListMultipartUploadsResult(cast("Any", SimpleNamespace(data=ANSWER)))
print("the answer says upload; next_upload_id_marker is", page.next_upload_id_marker)
print("it is kept as", [name for name, value in vars(page).items() if value == "upload"])
