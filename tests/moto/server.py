"""moto (an AWS emulator in Python) over HTTP, as the AWS SDK for Rust needs it.

Listens on a port of 127.0.0.1 that the system chooses, prints `listening on PORT`, and ends when its standard input
closes: so it never outlives the process that started it, however that one ends.

What it answers is moto's, but for what stands here:
- CloudWatch in CBOR (`CloudWatchCbor`), which is all that the SDK for Rust speaks to it and moto doesn't speak;
- connections that stay open (`RequestHandler`);
- the repairs of moto at the end of this file, each with its reason.
What moto refuses, lacks or crashes at stays an error.
"""

import base64
import datetime
import io
import json
import math
import os
import sys
import threading
import traceback
from html import escape

import cbor2
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.utils import parse_timestamp
from moto.core.responses import ActionResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.rds.responses import RDSResponse
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response
from werkzeug.datastructures import Headers
from werkzeug.http import http_date
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app

# Straight from the package's files: botocore's usual way in reads the user's AWS configuration too.
CLOUDWATCH = ServiceModel(Loader().load_service_model("cloudwatch", "service-2"), "cloudwatch")
CLOUDWATCH_TARGET = CLOUDWATCH.metadata["targetPrefix"]


class CloudWatchCbor:
    """Translates CloudWatch's rpc-v2-cbor into the awsJson 1.0 that moto understands, and the answers back.

    The operation stands in the path (`/service/GraniteServiceVersion20100801/operation/PutMetricAlarm`); everything
    else, signature with region included, is in the headers and passes.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        match environ["PATH_INFO"].strip("/").split("/"):
            case ["service", service, "operation", operation] if service == CLOUDWATCH_TARGET:
                return self.translate(operation, environ, start_response)
        return self.app(environ, start_response)

    def translate(self, operation, environ, start_response):
        request = environ["wsgi.input"].read()
        parameters = cbor2.loads(request) if request else {}
        body, status, headers = call(self.app, json_request(environ, operation, parameters))
        try:
            answer = json.loads(body or b"{}")
        except ValueError:  # A page of HTML: moto has no such thing. The SDK makes an error of its status.
            start_response(status, list(headers))
            return [body]
        if status.startswith("2"):
            answer = typed(answer, CLOUDWATCH.operation_model(operation).output_shape)
        else:
            answer = {"__type": answer["__type"], "message": answer.get("message") or answer.get("Message") or ""}
        body = cbor2.dumps(answer)
        headers["Content-Type"] = "application/cbor"
        headers["Content-Length"] = str(len(body))
        headers["smithy-protocol"] = "rpc-v2-cbor"
        start_response(status, list(headers))
        return [body]


def json_request(environ, operation, parameters):
    """The request with these parameters as awsJson 1.0 would send it."""
    body = json.dumps(untyped(parameters)).encode()
    changed = {
        "PATH_INFO": "/",
        "RAW_URI": "/",
        "REQUEST_URI": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_ACCEPT": "application/json",
        "HTTP_X_AMZ_TARGET": f"{CLOUDWATCH_TARGET}.{operation}",
        "wsgi.input": io.BytesIO(body),
    }
    return {name: value for name, value in environ.items() if name != "HTTP_SMITHY_PROTOCOL"} | changed


def untyped(value):
    """A CBOR value as awsJson writes it: times as seconds, bytes in base64, what is no number in words."""
    match value:
        case dict():
            return {name: untyped(member) for name, member in value.items()}
        case list():
            return [untyped(item) for item in value]
        case datetime.datetime():
            return value.timestamp()
        case bytes():
            return base64.b64encode(value).decode()
        case float() if math.isnan(value):
            return "NaN"
        case float() if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
    return value


def typed(value, shape):
    """A JSON value as CBOR must write it for this shape of botocore's model.

    JSON doesn't tell a double from a whole number nor a time from either; CBOR does, and the SDK insists. What the
    model doesn't name is left out, as the SDKs of AWS do; a null is a member that isn't there.
    """
    if shape is None:  # The operation answers nothing.
        return {}
    match shape.type_name:
        case "structure":
            members = shape.members
            return {name: typed(value[name], members[name]) for name in members if value.get(name) is not None}
        case "list":
            return [typed(item, shape.member) for item in value]
        case "map":
            return {name: typed(item, shape.value) for name, item in value.items()}
        case "timestamp":
            return cbor2.CBORTag(1, float(parse_timestamp(value).timestamp()))
        case "double" | "float":
            return float(value)
        case "integer" | "long":
            return int(value)
        case "boolean":
            return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
        case "blob":
            return base64.b64decode(value)
    return str(value)


def call(app, environ):
    """The whole answer of a WSGI application: body, status line, headers."""
    chunks, status, headers = run_wsgi_app(app, environ, buffered=True)
    return b"".join(chunks), status, headers


def failure(status, reason):
    """What isn't moto's answer but ours for it: body, status line, headers."""
    return f"<html>{escape(str(reason))}</html>".encode(), status, Headers([("Content-Type", "text/html")])


class RequestHandler(MotoRequestHandler):
    """Answers request after request of one connection, each in one piece.

    werkzeug closes the connection after every answer, since an application may leave a part of its request unread.
    Here the request is read to its end before, and the answer is whole before it goes out, so both lengths are known.
    """

    protocol_version = "HTTP/1.1"
    # Head and body go out as two writes: with Nagle's algorithm the second would wait for the first one's receipt.
    disable_nagle_algorithm = True

    def run_wsgi(self):
        self.environ = self.make_environ()
        self.read_body()
        try:
            body, status, headers = call(self.server.app, self.environ)
        except NotImplementedError as lack:
            # moto's own server answers 500 here too, which an SDK takes for a passing trouble and tries again for
            # many seconds. 501 is as much of an error, and final.
            print(f"moto: {self.command} {self.path}: {lack}", file=sys.stderr)
            body, status, headers = failure("501 NOT IMPLEMENTED", lack)
        except Exception as crash:  # Whatever moto stumbles over is an answer too: an error.
            traceback.print_exception(crash)
            body, status, headers = failure("500 INTERNAL SERVER ERROR", "moto crashed")
        self.answer(body, status, headers)

    def read_body(self):
        environ = self.environ
        if environ.pop("wsgi.input_terminated", False):  # Chunked: werkzeug's reader has put the chunks together.
            body = environ["wsgi.input"].read()
            del environ["HTTP_TRANSFER_ENCODING"]
            environ["CONTENT_LENGTH"] = str(len(body))
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)

    def answer(self, body, status, headers):
        code, _, reason = status.partition(" ")
        if code in ("204", "304"):  # Without a body by definition, and so without a length.
            body = b""
            headers.remove("Content-Length")
        elif self.command != "HEAD":  # There it is the length of what a GET would bring.
            headers["Content-Length"] = str(len(body))
        headers.setdefault("Date", http_date())
        self.send_response_only(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_request(self, *_):
        """Not each request."""


# Repairs of moto. Each says what AWS does, and goes when moto does it too.

# CreateFlowLogs: the destination in S3 may name a folder, `arn:aws:s3:::bucket/folder/`. moto takes all of it as the
# bucket's name, finds no such bucket, and refuses. No bucket's name holds a slash, so a look-up loses what follows one;
# the flow log itself keeps the whole destination.
get_bucket = S3Backend.get_bucket
S3Backend.get_bucket = lambda backend, name: get_bucket(backend, name.partition("/")[0])

# GetBucketVersioning: the answer's root is `VersioningConfiguration`. moto names it after the operation, which the SDK
# for Rust, unlike boto, does not take.
get_bucket_versioning = S3Response.get_bucket_versioning


def versioning(response):
    status, headers, body = get_bucket_versioning(response)
    return status, headers, body.replace("GetBucketVersioningResponse", "VersioningConfiguration")


S3Response.get_bucket_versioning = versioning


# DescribeDBEngineVersions and DescribeAccountAttributes of RDS: AWS tells the engine's versions and the quotas. moto has
# neither call, though it makes a database of any version and as many as one likes.
def engine_versions(response):
    engine = response.params.get("Engine")
    versions = [version for version in ("15.8", "16.4", "16.6") if engine == "aurora-postgresql"]
    told = [{"Engine": engine, "EngineVersion": version, "Status": "available"} for version in versions]
    return ActionResult({"DBEngineVersions": told})


def account_attributes(response):
    return ActionResult({"AccountQuotas": []})


# DescribeOrderableDBInstanceOptions: what can be had in the region that is asked. moto lists some versions of the past,
# without the classes that one asks for.
def orderable_options(response):
    engine, version = response.params.get("Engine"), response.params.get("EngineVersion")
    zones = [{"Name": f"{response.region}{letter}"} for letter in "abc"]
    option = {"Engine": engine, "EngineVersion": version, "DBInstanceClass": response.params.get("DBInstanceClass")}
    return ActionResult({"OrderableDBInstanceOptions": [option | {"AvailabilityZones": zones, "Vpc": True}]})


RDSResponse.describe_db_engine_versions = engine_versions
RDSResponse.describe_orderable_db_instance_options = orderable_options
RDSResponse.describe_account_attributes = account_attributes


def main():
    # One line belongs to whoever started this; what moto prints is for the terminal.
    to_parent, sys.stdout = sys.stdout, sys.stderr
    app = CloudWatchCbor(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=RequestHandler)
    os.environ["MOTO_PORT"] = str(server.port)  # Where moto finds itself, for what it asks over HTTP.
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening on {server.port}", file=to_parent, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)  # Without waiting for open connections or for threads of moto's.


if __name__ == "__main__":
    main()
