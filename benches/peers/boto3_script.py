#!/usr/bin/env python3
"""The region as the usual home-made script opens it: one file with boto3, top to bottom, get-then-create.

    boto3_script.py --region ap-south-1 --email ADDRESS --description TEXT [--endpoint URL]

Run it again and it changes nothing. DB_PASSWORD holds the master password. No plan, no state, no parallel calls.
"""

import argparse
import json
import os
import sys
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REF, LAMBDA_REF, OWNER = "us-east-1", "eu-west-1", "rishabh@supertokens.com"
DB_DESCRIPTION = "db cluster to store development/production containers data"

p = argparse.ArgumentParser()
p.add_argument("--region", required=True)
p.add_argument("--email", required=True)
p.add_argument("--description", required=True, help="VantaDescription of the bucket")
p.add_argument("--endpoint", default=os.environ.get("AWS_ENDPOINT_URL"))
args = p.parse_args()
R = args.region
changes = errors = 0


def client(service, region=R):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=args.endpoint,
        config=Config(retries={"mode": "standard", "max_attempts": 5}, s3={"addressing_style": "path"}),
    )


def changed(what):
    global changes
    changes += 1
    print("changed:", what, flush=True)


def failed(what):
    global errors
    errors += 1
    print("ERROR:", what, file=sys.stderr, flush=True)


def maybe(fn, *codes, **kw):
    try:
        return fn(**kw)
    except ClientError as e:
        if e.response["Error"]["Code"] in codes:
            return None
        raise


def as_list(x):
    return x if isinstance(x, list) else [x]


def same(a, b):
    return json.dumps(a, sort_keys=True, default=str) == json.dumps(b, sort_keys=True, default=str)


ACCOUNT = client("sts").get_caller_identity()["Account"]
TOKEN = "_".join([R.split("-")[0].upper()] + [x.capitalize() for x in R.split("-")[1:]])
SAAS, LOGS = f"supertokens-saas-{R}", f"supertokens-s3-access-logs-{R}"
RSAAS, RLOGS = f"supertokens-saas-{REF}", f"supertokens-s3-access-logs-{REF}"


def topic_arn(kind):
    return f"arn:aws:sns:{R}:{ACCOUNT}:CloudWatch_Alarms_{TOKEN}_{kind}"


def default_vpc(region):
    return client("ec2", region).describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]


VPC, RVPC = default_vpc(R), default_vpc(REF)


# ---- SNS
def topics():
    sns = client("sns")
    have = {t["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for t in page["Topics"]}
    for kind in ("EC2", "ELB", "Lambda", "RDS"):
        arn = topic_arn(kind)
        if arn not in have:
            sns.create_topic(Name=arn.rsplit(":", 1)[1])
            changed(f"topic {arn}")
        subs = [
            s
            for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
            for s in page["Subscriptions"]
        ]
        if not any(s["Protocol"] == "email" and s["Endpoint"] == args.email for s in subs):
            sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=args.email)
            changed(f"subscription of {arn}")


# ---- S3
def logs_policy():
    me = {"aws:SourceAccount": ACCOUNT}
    flow = {"ArnLike": {"aws:SourceArn": f"arn:aws:logs:{R}:{ACCOUNT}:*"}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "S3ServerAccessLogsPolicy",
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{LOGS}/saas/*",
                "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{SAAS}"}, "StringEquals": me},
            },
            {
                "Sid": "AWSLogDeliveryWrite",
                "Effect": "Allow",
                "Principal": {"Service": "delivery.logs.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{LOGS}/vpc-flow-logs/AWSLogs/{ACCOUNT}/*",
                "Condition": {"StringEquals": {**me, "s3:x-amz-acl": "bucket-owner-full-control"}, **flow},
            },
            {
                "Sid": "AWSLogDeliveryAclCheck",
                "Effect": "Allow",
                "Principal": {"Service": "delivery.logs.amazonaws.com"},
                "Action": "s3:GetBucketAcl",
                "Resource": f"arn:aws:s3:::{LOGS}",
                "Condition": {"StringEquals": me, **flow},
            },
        ],
    }


def saas_policy():
    return {
        "Version": "2012-10-17",
        "Id": "Policy1594127151493",
        "Statement": [
            {
                "Sid": "Stmt1594127148960",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": [f"arn:aws:s3:::{SAAS}/*", f"arn:aws:s3:::{SAAS}"],
                "Condition": {"StringEquals": {"aws:sourceVpc": VPC}},
            }
        ],
    }


def bucket(name, reference, policy, description):
    s3, ref = client("s3"), client("s3", REF)
    if maybe(s3.head_bucket, "404", "NoSuchBucket", Bucket=name) is None:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": R})
        changed(f"bucket {name}")
    conf = maybe(s3.get_bucket_ownership_controls, "OwnershipControlsNotFoundError", Bucket=name)
    want = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    if not conf or not same(conf["OwnershipControls"], want):
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=want)
        changed(f"ownership of {name}")
    conf = maybe(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", Bucket=name)
    want = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    if not conf or not same(conf["PublicAccessBlockConfiguration"], want):
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=want)
        changed(f"public access block of {name}")
    conf = maybe(s3.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError", Bucket=name)
    want = ref.get_bucket_encryption(Bucket=reference)["ServerSideEncryptionConfiguration"]
    if not conf or not same(conf["ServerSideEncryptionConfiguration"], want):
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=want)
        changed(f"encryption of {name}")
    want = ref.get_bucket_versioning(Bucket=reference).get("Status")
    if want and s3.get_bucket_versioning(Bucket=name).get("Status") != want:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": want})
        changed(f"versioning of {name}")
    want = maybe(ref.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", Bucket=reference)
    conf = maybe(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", Bucket=name)
    if want and (not conf or not same(conf["Rules"], want["Rules"])):
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": want["Rules"]})
        changed(f"lifecycle of {name}")
    conf = maybe(s3.get_bucket_policy, "NoSuchBucketPolicy", Bucket=name)
    if not conf or not same(json.loads(conf["Policy"]), policy):
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
        changed(f"policy of {name}")
    conf = maybe(s3.get_bucket_tagging, "NoSuchTagSet", Bucket=name)
    tags = {t["Key"]: t["Value"] for t in (conf or {"TagSet": []})["TagSet"]}
    want = {**tags, "VantaDescription": description, "VantaOwner": OWNER}
    if tags != want:
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in want.items()]})
        changed(f"tags of {name}")


def access_logging():
    s3 = client("s3")
    want = {"TargetBucket": LOGS, "TargetPrefix": "saas/"}
    have = s3.get_bucket_logging(Bucket=SAAS).get("LoggingEnabled")
    if not have or any(have.get(k) != v for k, v in want.items()):
        s3.put_bucket_logging(Bucket=SAAS, BucketLoggingStatus={"LoggingEnabled": want})
        changed(f"access logging of {SAAS}")


def iam_policies():
    iam = client("iam")
    have = {
        x["PolicyName"]: x
        for page in iam.get_paginator("list_policies").paginate(Scope="Local")
        for x in page["Policies"]
    }
    for name in ("S3SSLUpdater", "listBucketItems", f"s3crr_for_supertokens-ssl_to_{RSAAS}"):
        pol = have[name]
        doc = iam.get_policy_version(PolicyArn=pol["Arn"], VersionId=pol["DefaultVersionId"])["PolicyVersion"][
            "Document"
        ]
        before = json.dumps(doc, sort_keys=True)
        for st in as_list(doc["Statement"]):
            res = as_list(st.get("Resource", []))
            old = f"arn:aws:s3:::{RSAAS}"
            new = [r.replace(RSAAS, SAAS) for r in res if r == old or r.startswith(old + "/")]
            new = [r for r in new if r not in res]
            if new:
                st["Resource"] = res + new
        if json.dumps(doc, sort_keys=True) == before:
            continue
        versions = iam.list_policy_versions(PolicyArn=pol["Arn"])["Versions"]
        if len(versions) >= 5:
            oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: int(v["VersionId"][1:]))
            iam.delete_policy_version(PolicyArn=pol["Arn"], VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=pol["Arn"], PolicyDocument=json.dumps(doc), SetAsDefault=True)
        changed(f"IAM policy {name}")


def replication():
    s3 = client("s3", REF)
    conf = s3.get_bucket_replication(Bucket="supertokens-ssl")["ReplicationConfiguration"]
    arn = f"arn:aws:s3:::{SAAS}"
    if any(r["Destination"]["Bucket"] == arn for r in conf["Rules"]):
        return
    model = next(r for r in conf["Rules"] if r["Destination"]["Bucket"] == f"arn:aws:s3:::{RSAAS}")
    rule = json.loads(json.dumps(model))
    rule.update(ID=f"supertokens-ssl-to-{SAAS}", Priority=max(r.get("Priority", 0) for r in conf["Rules"]) + 1)
    rule["Destination"]["Bucket"] = arn
    conf["Rules"].append(rule)
    s3.put_bucket_replication(Bucket="supertokens-ssl", ReplicationConfiguration=conf)
    changed("replication of supertokens-ssl")


def objects():
    s3 = client("s3")
    keys = lambda s3, name: {
        o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name) for o in page.get("Contents", [])
    }
    for key in sorted(keys(client("s3", REF), "supertokens-ssl") - keys(s3, SAAS)):
        s3.copy_object(Bucket=SAAS, Key=key, CopySource={"Bucket": "supertokens-ssl", "Key": key})
        changed(f"object {key}")


# ---- Route 53
def zone():
    r53 = client("route53")
    zones = r53.list_hosted_zones_by_name(DNSName=f"{R}.dns", MaxItems="10")["HostedZones"]
    zone = next((z for z in zones if z["Name"] == f"{R}.dns." and z["Config"]["PrivateZone"]), None)
    if zone is None:
        zone = r53.create_hosted_zone(
            Name=f"{R}.dns",
            CallerReference=f"{R}-{VPC}",
            VPC={"VPCRegion": R, "VPCId": VPC},
            HostedZoneConfig={"PrivateZone": True, "Comment": "instances and databases of the region"},
        )["HostedZone"]
        changed(f"zone {R}.dns")
    about = {"ResourceType": "hostedzone", "ResourceId": zone["Id"].split("/")[-1]}
    tag = {"Key": "Name", "Value": f"{R}.dns"}
    if tag not in r53.list_tags_for_resource(**about)["ResourceTagSet"]["Tags"]:
        r53.change_tags_for_resource(**about, AddTags=[tag])
        changed(f"tag of zone {R}.dns")


# ---- EC2
def get_groups(region, vpc):
    out = {}
    for page in (
        client("ec2", region)
        .get_paginator("describe_security_groups")
        .paginate(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    ):
        out.update({g["GroupName"]: g for g in page["SecurityGroups"]})
    return out


def flat(group):
    """rules, one for each source: (protocol, from, to, kind, source) -> permission"""
    out = {}
    for perm in group["IpPermissions"]:
        base = {k: perm[k] for k in ("IpProtocol", "FromPort", "ToPort") if k in perm}
        for key, field in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
            for src in perm.get(key, []):
                out[(perm["IpProtocol"], perm.get("FromPort"), perm.get("ToPort"), field, src[field])] = {
                    **base,
                    key: [src],
                }
    return out


def security_groups():
    ec2 = client("ec2")
    ref, have = get_groups(REF, RVPC), get_groups(R, VPC)
    for name in ("supertokens-nginx-port", "dev-postgresql", "ping-ssh", "default", "ec2-internal-team-access"):
        if name not in have:
            gid = ec2.create_security_group(GroupName=name, Description=ref[name]["Description"], VpcId=VPC)["GroupId"]
            have[name] = {"GroupId": gid, "IpPermissions": []}
            changed(f"security group {name}")
        mine = flat(have[name])
        missing = [perm for key, perm in flat(ref[name]).items() if key not in mine]
        if missing:
            ec2.authorize_security_group_ingress(GroupId=have[name]["GroupId"], IpPermissions=missing)
            changed(f"{len(missing)} rules of {name}")
    return {n: g["GroupId"] for n, g in have.items()}


def vpc_endpoint():
    ec2 = client("ec2")
    rt = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [VPC]}, {"Name": "association.main", "Values": ["true"]}]
    )
    rt = rt["RouteTables"][0]["RouteTableId"]
    have = ec2.describe_vpc_endpoints(
        Filters=[{"Name": "vpc-id", "Values": [VPC]}, {"Name": "service-name", "Values": [f"com.amazonaws.{R}.s3"]}]
    )["VpcEndpoints"]
    have = [e for e in have if e["VpcEndpointType"] == "Gateway"]
    if not have:
        ec2.create_vpc_endpoint(
            VpcId=VPC, ServiceName=f"com.amazonaws.{R}.s3", VpcEndpointType="Gateway", RouteTableIds=[rt]
        )
        changed("S3 gateway endpoint")
    elif rt not in have[0]["RouteTableIds"]:
        ec2.modify_vpc_endpoint(VpcEndpointId=have[0]["VpcEndpointId"], AddRouteTableIds=[rt])
        changed("route table of the S3 gateway endpoint")


def flow_log():
    ec2 = client("ec2")
    dest = f"arn:aws:s3:::{LOGS}/vpc-flow-logs/"
    have = ec2.describe_flow_logs(Filter=[{"Name": "resource-id", "Values": [VPC]}])["FlowLogs"]
    if any(f.get("LogDestination", "").rstrip("/") == dest.rstrip("/") for f in have):
        return
    r = ec2.create_flow_logs(
        ResourceIds=[VPC], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3", LogDestination=dest
    )
    if r.get("Unsuccessful"):
        failed(f"flow log: {r['Unsuccessful'][0]['Error']['Message']}")
    else:
        changed("flow log")


# ---- RDS
def user_parameters(rds, op, key, name):
    out = {}
    for page in rds.get_paginator(op).paginate(**{key: name, "Source": "user"}):
        out.update({x["ParameterName"]: x for x in page["Parameters"] if "ParameterValue" in x})
    return out


def parameter_group(name, kind):
    rds, ref = client("rds"), client("rds", REF)
    key, describe, create, modify, params, missing = {
        "cluster": (
            "DBClusterParameterGroupName",
            "describe_db_cluster_parameter_groups",
            "create_db_cluster_parameter_group",
            "modify_db_cluster_parameter_group",
            "describe_db_cluster_parameters",
            "DBParameterGroupNotFound",
        ),
        "instance": (
            "DBParameterGroupName",
            "describe_db_parameter_groups",
            "create_db_parameter_group",
            "modify_db_parameter_group",
            "describe_db_parameters",
            "DBParameterGroupNotFound",
        ),
    }[kind]
    list_key = "DBClusterParameterGroups" if kind == "cluster" else "DBParameterGroups"
    model = getattr(ref, describe)(**{key: name})[list_key][0]
    have = maybe(getattr(rds, describe), missing, "DBClusterParameterGroupNotFound", **{key: name})
    if not have or not have[list_key]:
        getattr(rds, create)(
            **{key: name}, DBParameterGroupFamily=model["DBParameterGroupFamily"], Description=model["Description"]
        )
        changed(f"{kind} parameter group {name}")
    want, mine = user_parameters(ref, params, key, name), user_parameters(rds, params, key, name)
    todo = [
        {
            "ParameterName": n,
            "ParameterValue": x["ParameterValue"],
            "ApplyMethod": x.get("ApplyMethod", "pending-reboot"),
        }
        for n, x in want.items()
        if mine.get(n, {}).get("ParameterValue") != x["ParameterValue"]
    ]
    for i in range(0, len(todo), 20):
        getattr(rds, modify)(**{key: name}, Parameters=todo[i : i + 20])
    if todo:
        changed(f"{len(todo)} parameters of {name}")


def databases(groups):
    rds, ref, ec2 = client("rds"), client("rds", REF), client("ec2")
    ref_groups = {g["GroupId"]: n for n, g in get_groups(REF, RVPC).items()}
    clusters = [
        c
        for page in ref.get_paginator("describe_db_clusters").paginate()
        for c in page["DBClusters"]
        if c["Engine"] == "aurora-postgresql"
    ]
    for model in clusters:
        cid = model["DBClusterIdentifier"]
        subnet_group = model["DBSubnetGroup"]
        have = maybe(rds.describe_db_subnet_groups, "DBSubnetGroupNotFoundFault", DBSubnetGroupName=subnet_group)
        if not have or not have["DBSubnetGroups"]:
            subnets = [
                s["SubnetId"] for s in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["Subnets"]
            ]
            rds.create_db_subnet_group(
                DBSubnetGroupName=subnet_group, DBSubnetGroupDescription="databases of the region", SubnetIds=subnets
            )
            changed(f"subnet group {subnet_group}")
        parameter_group(model["DBClusterParameterGroup"], "cluster")
        instances = [
            i
            for page in ref.get_paginator("describe_db_instances").paginate()
            for i in page["DBInstances"]
            if i.get("DBClusterIdentifier") == cid
        ]
        for name in sorted({i["DBParameterGroups"][0]["DBParameterGroupName"] for i in instances}):
            parameter_group(name, "instance")
        have = maybe(rds.describe_db_clusters, "DBClusterNotFoundFault", DBClusterIdentifier=cid)
        if not have or not have["DBClusters"]:
            rds.create_db_cluster(
                DBClusterIdentifier=cid,
                MasterUserPassword=os.environ["DB_PASSWORD"],
                DBSubnetGroupName=subnet_group,
                DBClusterParameterGroupName=model["DBClusterParameterGroup"],
                VpcSecurityGroupIds=[groups[ref_groups[g["VpcSecurityGroupId"]]] for g in model["VpcSecurityGroups"]],
                EnableCloudwatchLogsExports=model.get("EnabledCloudwatchLogsExports", []),
                Tags=model.get("TagList", []),
                **{
                    k: model[k]
                    for k in (
                        "Engine",
                        "EngineVersion",
                        "DatabaseName",
                        "Port",
                        "MasterUsername",
                        "BackupRetentionPeriod",
                        "PreferredBackupWindow",
                        "PreferredMaintenanceWindow",
                        "StorageEncrypted",
                        "DeletionProtection",
                        "CopyTagsToSnapshot",
                    )
                    if k in model
                },
            )
            changed(f"cluster {cid}")
        new = []
        for inst in instances:
            iid = inst["DBInstanceIdentifier"]
            mine = maybe(
                rds.describe_db_instances, "DBInstanceNotFound", "DBInstanceNotFoundFault", DBInstanceIdentifier=iid
            )
            if not mine or not mine["DBInstances"]:
                rds.create_db_instance(
                    DBClusterIdentifier=cid,
                    DBParameterGroupName=inst["DBParameterGroups"][0]["DBParameterGroupName"],
                    **{
                        k: inst[k]
                        for k in (
                            "DBInstanceIdentifier",
                            "DBInstanceClass",
                            "Engine",
                            "PromotionTier",
                            "PubliclyAccessible",
                            "AutoMinorVersionUpgrade",
                            "PreferredMaintenanceWindow",
                            "CopyTagsToSnapshot",
                        )
                        if k in inst
                    },
                )
                changed(f"instance {iid}")
                new.append(iid)
        for iid in new:
            rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=iid)
        want = {"VantaContainsUserData": "true", "VantaDescription": DB_DESCRIPTION, "VantaOwner": OWNER}
        for inst in instances:
            arn = rds.describe_db_instances(DBInstanceIdentifier=inst["DBInstanceIdentifier"])["DBInstances"][0][
                "DBInstanceArn"
            ]
            tags = {t["Key"]: t["Value"] for t in rds.list_tags_for_resource(ResourceName=arn)["TagList"]}
            if any(tags.get(k) != v for k, v in want.items()):
                rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": k, "Value": v} for k, v in want.items()])
                changed(f"tags of {arn}")
        # The checklist's FreeStorageSpace is FreeLocalStorage in Aurora.
        for name, metric, stat, op, threshold in (
            ("FreeableMemory", "FreeableMemory", "Minimum", "LessThanThreshold", 52428800),
            ("FreeStorageSpace", "FreeLocalStorage", "Minimum", "LessThanThreshold", 1073741824),
            ("CPUUtilization", "CPUUtilization", "Maximum", "GreaterThanThreshold", 80),
            ("ReadIOPS", "ReadIOPS", "Maximum", "GreaterThanThreshold", 1000),
        ):
            alarm(
                f"db-{cid} {name}",
                "AWS/RDS",
                metric,
                [{"Name": "DBClusterIdentifier", "Value": cid}],
                stat,
                op,
                threshold,
                topic_arn("RDS"),
            )


CLOUDWATCH = client("cloudwatch")


def alarm(name, namespace, metric, dimensions, stat, op, threshold, topic):
    want = dict(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=dimensions,
        Statistic=stat,
        Period=900,
        EvaluationPeriods=1,
        Threshold=float(threshold),
        ComparisonOperator=op,
        AlarmActions=[topic],
    )
    have = CLOUDWATCH.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if not have or any(not same(have[0].get(k), v) for k, v in want.items()):
        CLOUDWATCH.put_metric_alarm(**want)
        changed(f"alarm {name}")


# ---- Systems Manager
def documents():
    ref, ssm = client("ssm", REF), client("ssm")
    for page in ref.get_paginator("list_documents").paginate(Filters=[{"Key": "Owner", "Values": ["Self"]}]):
        for ident in page["DocumentIdentifiers"]:
            name = ident["Name"]
            doc = ref.describe_document(Name=name)["Document"]
            mine = maybe(ssm.describe_document, "InvalidDocument", Name=name)
            latest = int(mine["Document"]["LatestVersion"]) if mine else 0
            for v in range(1, int(doc["LatestVersion"]) + 1):
                want = ref.get_document(Name=name, DocumentVersion=str(v), DocumentFormat=doc["DocumentFormat"])[
                    "Content"
                ]
                kw = dict(Name=name, Content=want, DocumentFormat=doc["DocumentFormat"])
                if doc.get("TargetType"):
                    kw["TargetType"] = doc["TargetType"]
                if v <= latest:
                    if (
                        ssm.get_document(Name=name, DocumentVersion=str(v), DocumentFormat=doc["DocumentFormat"])[
                            "Content"
                        ]
                        != want
                    ):
                        failed(f"document {name} version {v} has other content in {R}")
                elif v == 1:
                    tags = ref.list_tags_for_resource(ResourceType="Document", ResourceId=name)["TagList"]
                    ssm.create_document(DocumentType=doc["DocumentType"], Tags=tags, **kw)
                    changed(f"document {name}")
                else:
                    ssm.update_document(DocumentVersion="$LATEST", **kw)
                    changed(f"document {name} version {v}")
            if (mine["Document"]["DefaultVersion"] if mine else "1") != doc["DefaultVersion"]:
                ssm.update_document_default_version(Name=name, DocumentVersion=doc["DefaultVersion"])
                changed(f"default version of document {name}")


# ---- Lambda
def download(url):
    if not args.endpoint:
        return urllib.request.urlopen(url).read()
    u = urllib.parse.urlsplit(url)  # against an emulator: same URL, its host only in the Host header
    e = urllib.parse.urlsplit(args.endpoint)
    return urllib.request.urlopen(
        urllib.request.Request(f"{e.scheme}://{e.netloc}{u.path}?{u.query}", headers={"Host": u.netloc})
    ).read()


def functions():
    ref, lam = client("lambda", LAMBDA_REF), client("lambda")
    fields = ("Runtime", "Handler", "Timeout", "MemorySize", "Description", "Role")
    for page in ref.get_paginator("list_functions").paginate():
        for f in page["Functions"]:
            name = f["FunctionName"]
            full = ref.get_function(FunctionName=name)
            conf, tags = full["Configuration"], full.get("Tags", {})
            env = conf.get("Environment", {}).get("Variables", {})
            mine = maybe(lam.get_function, "ResourceNotFoundException", FunctionName=name)
            if mine is None:
                lam.create_function(
                    FunctionName=name,
                    Code={"ZipFile": download(full["Code"]["Location"])},
                    Environment={"Variables": env},
                    Tags=tags,
                    **{k: conf[k] for k in fields if k in conf},
                )
                lam.get_waiter("function_active_v2").wait(FunctionName=name)
                changed(f"function {name}")
            else:
                have = mine["Configuration"]
                if (
                    any(have.get(k) != conf.get(k) for k in fields)
                    or have.get("Environment", {}).get("Variables", {}) != env
                ):
                    lam.update_function_configuration(
                        FunctionName=name, Environment={"Variables": env}, **{k: conf[k] for k in fields if k in conf}
                    )
                    lam.get_waiter("function_updated_v2").wait(FunctionName=name)
                    changed(f"configuration of {name}")
                if have["CodeSha256"] != conf["CodeSha256"]:
                    lam.update_function_code(FunctionName=name, ZipFile=download(full["Code"]["Location"]))
                    changed(f"code of {name}")
                if mine.get("Tags", {}) != tags:
                    lam.tag_resource(Resource=have["FunctionArn"], Tags=tags)
                    changed(f"tags of {name}")
    for page in lam.get_paginator("list_functions").paginate():
        for f in page["Functions"]:
            name = f["FunctionName"]
            alarm(
                f"{name} Errors",
                "AWS/Lambda",
                "Errors",
                [{"Name": "FunctionName", "Value": name}],
                "Maximum",
                "GreaterThanOrEqualToThreshold",
                1,
                topic_arn("Lambda"),
            )


# ---- CloudWatch Logs
def retention():
    logs = client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for g in page["logGroups"]:
            if g.get("retentionInDays") != 365:
                logs.put_retention_policy(logGroupName=g["logGroupName"], retentionInDays=365)
                changed(f"retention of {g['logGroupName']}")


topics()
bucket(LOGS, RLOGS, logs_policy(), f"Access and flow logs of {R}")
vpc_endpoint()
flow_log()
bucket(SAAS, RSAAS, saas_policy(), args.description)
access_logging()
iam_policies()
replication()
objects()
zone()
databases(security_groups())
documents()
functions()
retention()
print(f"{changes} changed, {errors} failed")
sys.exit(1 if errors else 0)
