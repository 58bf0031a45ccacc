"""The side of the Azure SDK for Python: `upload_blob` for the files of a folder, several at once; JSON on stdout."""

import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from azure.storage.blob import ContainerClient

FILES_AT_ONCE = 4
# Over all files, of the SDK's own 4 MiB: as many bytes as the store has on their way, which takes larger blocks.
BLOCKS_AT_ONCE = 8
# The latest one that Azurite 3.37 takes.
API_VERSION = "2026-06-06"


def put(container, file, at_once):
    folder = f"projects/bench/{file.name}/{'0' * 64}"
    with file.open("rb") as content:
        container.upload_blob(f"{folder}/bench-{file.name}", content, max_concurrency=at_once)
    container.upload_blob(f"{folder}/manifest.json", b" " * 2000)


def main():
    _, container_name, folder = sys.argv
    text = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
    client = ContainerClient.from_connection_string(text, container_name, api_version=API_VERSION)
    with client as container:
        container.create_container()
        files = sorted(Path(folder).iterdir())
        at_once = BLOCKS_AT_ONCE // min(FILES_AT_ONCE, len(files))
        start = time.perf_counter()
        with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
            for _ in pool.map(lambda file: put(container, file, at_once), files):
                pass
        seconds = time.perf_counter() - start
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "kib": kib}))


main()
