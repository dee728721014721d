#!/usr/bin/env python3
"""Fills an empty moto with the world of the checklist "Add new region".

    AWS_ENDPOINT_URL=http://127.0.0.1:5000 seed.py [--functions N] [--log-groups N] [--documents N] [--code-dir DIR]

us-east-1 is the region that the new one is modelled on, eu-west-1 that of the functions, --target (ap-south-1) the new one.
"""

import argparse
import hashlib
import io
import json
import os
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REF, LREF = "us-east-1", "eu-west-1"
OWNER = "rishabh@supertokens.com"
SAAS, LOGS, SSL = f"supertokens-saas-{REF}", f"supertokens-s3-access-logs-{REF}", "supertokens-ssl"
CODE_BUCKET = f"awslambda-{LREF}-tasks"  # the bucket that moto names in GetFunction's Code.Location


def dumps(x):
    return json.dumps(x, separators=(",", ":"))


def zip_of(name, body):
    buf = io.BytesIO()
    with zipfile.ZipFile(buf, "w", zipfile.ZIP_DEFLATED) as z:
        info = zipfile.ZipInfo(name, (2022, 4, 25, 0, 0, 0))  # fixed time: same bytes, same CodeSha256 on every run
        z.writestr(info, body)
    return buf.getvalue()


class Seed:
    def __init__(self, a):
        self.a = a
        self.acct = self.c("sts").get_caller_identity()["Account"]

    def c(self, service, region=REF):
        return boto3.client(
            service, region_name=region, config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard"})
        )

    def default_vpc(self, region):
        return self.c("ec2", region).describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0][
            "VpcId"
        ]

    # ------------------------------------------------------------------ us-east-1
    def sns(self):
        sns = self.c("sns")
        for k in ("EC2", "ELB", "Lambda", "RDS"):
            arn = sns.create_topic(Name=f"CloudWatch_Alarms_US_East_1_{k}")["TopicArn"]
            sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=self.a.email, ReturnSubscriptionArn=True)

    def log_bucket_policy(self, bucket, source, region):
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "S3ServerAccessLogsPolicy",
                    "Effect": "Allow",
                    "Principal": {"Service": "logging.s3.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": f"arn:aws:s3:::{bucket}/saas/*",
                    "Condition": {
                        "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"},
                        "StringEquals": {"aws:SourceAccount": self.acct},
                    },
                },
                {
                    "Sid": "AWSLogDeliveryWrite",
                    "Effect": "Allow",
                    "Principal": {"Service": "delivery.logs.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": f"arn:aws:s3:::{bucket}/vpc-flow-logs/AWSLogs/{self.acct}/*",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": self.acct, "s3:x-amz-acl": "bucket-owner-full-control"},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{self.acct}:*"},
                    },
                },
                {
                    "Sid": "AWSLogDeliveryAclCheck",
                    "Effect": "Allow",
                    "Principal": {"Service": "delivery.logs.amazonaws.com"},
                    "Action": "s3:GetBucketAcl",
                    "Resource": f"arn:aws:s3:::{bucket}",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": self.acct},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{self.acct}:*"},
                    },
                },
            ],
        }

    def s3(self):
        s3 = self.c("s3")
        sse = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}
        pab = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
        for b in (LOGS, SAAS, SSL):
            s3.create_bucket(Bucket=b)
            s3.put_bucket_ownership_controls(
                Bucket=b, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            )
            s3.put_public_access_block(Bucket=b, PublicAccessBlockConfiguration=pab)
            s3.put_bucket_encryption(Bucket=b, ServerSideEncryptionConfiguration=sse)
        for b in (SAAS, SSL):
            s3.put_bucket_versioning(Bucket=b, VersioningConfiguration={"Status": "Enabled"})
        tag = lambda d: {"TagSet": [{"Key": "VantaDescription", "Value": d}, {"Key": "VantaOwner", "Value": OWNER}]}
        s3.put_bucket_tagging(Bucket=SAAS, Tagging=tag("store TLS certificates for the us-east-1 instances"))
        s3.put_bucket_tagging(Bucket=LOGS, Tagging=tag("store access logs of the us-east-1 buckets"))
        s3.put_bucket_lifecycle_configuration(
            Bucket=SAAS,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "expire-old-versions",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                    }
                ]
            },
        )
        s3.put_bucket_lifecycle_configuration(
            Bucket=LOGS,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "keep-logs-one-year",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "Expiration": {"Days": 365},
                    }
                ]
            },
        )
        s3.put_bucket_policy(Bucket=LOGS, Policy=dumps(self.log_bucket_policy(LOGS, SAAS, REF)))
        s3.put_bucket_policy(
            Bucket=SAAS,
            Policy=dumps(
                {
                    "Version": "2012-10-17",
                    "Id": "Policy1594127151493",
                    "Statement": [
                        {
                            "Sid": "Stmt1594127148960",
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "s3:GetObject",
                            "Resource": [f"arn:aws:s3:::{SAAS}/*", f"arn:aws:s3:::{SAAS}"],
                            "Condition": {"StringEquals": {"aws:sourceVpc": self.default_vpc(REF)}},
                        }
                    ],
                }
            ),
        )
        s3.put_bucket_logging(
            Bucket=SAAS, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": LOGS, "TargetPrefix": "saas/"}}
        )
        for i in range(25):
            s3.put_object(
                Bucket=SSL,
                Key=f"certs/{i // 5}/{('fullchain', 'privkey', 'chain', 'cert', 'meta')[i % 5]}.pem",
                Body=f"not a real key {i}\n".encode(),
            )

    def iam(self):
        iam = self.c("iam")
        trust = lambda svc: dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"Service": svc}, "Action": "sts:AssumeRole"}],
            }
        )
        self.lambda_role = iam.create_role(
            RoleName="supertokens-lambda", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
        )["Role"]["Arn"]
        crr = f"s3crr_role_for_{SSL}_to_{SAAS}"[:64]
        self.crr_role = iam.create_role(RoleName=crr, AssumeRolePolicyDocument=trust("s3.amazonaws.com"))["Role"]["Arn"]
        updater = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "WriteCerts",
                    "Effect": "Allow",
                    "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
                    "Resource": [f"arn:aws:s3:::{SSL}/*", f"arn:aws:s3:::{SAAS}/*"],
                },
                {
                    "Sid": "FindBucket",
                    "Effect": "Allow",
                    "Action": "s3:GetBucketLocation",
                    "Resource": [f"arn:aws:s3:::{SSL}", f"arn:aws:s3:::{SAAS}"],
                },
            ],
        }
        lister = {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "List", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": f"arn:aws:s3:::{SAAS}"}
            ],
        }
        repl = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:ListBucket", "s3:GetReplicationConfiguration"],
                    "Resource": [f"arn:aws:s3:::{SSL}"],
                },
                {
                    "Effect": "Allow",
                    "Action": [
                        "s3:GetObjectVersionForReplication",
                        "s3:GetObjectVersionAcl",
                        "s3:GetObjectVersionTagging",
                    ],
                    "Resource": [f"arn:aws:s3:::{SSL}/*"],
                },
                {
                    "Effect": "Allow",
                    "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
                    "Resource": f"arn:aws:s3:::{SAAS}/*",
                },
            ],
        }
        arns = {}
        # S3SSLUpdater already has the 5 versions that IAM allows: a new version needs an old one deleted first
        first = json.loads(dumps(updater))
        first["Statement"] = first["Statement"][:1]
        for name, doc, old in (
            ("S3SSLUpdater", updater, [first] * 4),
            ("listBucketItems", lister, []),
            (f"s3crr_for_{SSL}_to_{SAAS}", repl, []),
        ):
            docs = old + [doc]
            arns[name] = iam.create_policy(PolicyName=name, PolicyDocument=dumps(docs[0]))["Policy"]["Arn"]
            for d in docs[1:]:
                iam.create_policy_version(PolicyArn=arns[name], PolicyDocument=dumps(d), SetAsDefault=True)
        iam.attach_role_policy(RoleName="supertokens-lambda", PolicyArn=arns["S3SSLUpdater"])
        iam.attach_role_policy(RoleName="supertokens-lambda", PolicyArn=arns["listBucketItems"])
        iam.attach_role_policy(RoleName=crr, PolicyArn=arns[f"s3crr_for_{SSL}_to_{SAAS}"])

    def replication(self):
        self.c("s3").put_bucket_replication(
            Bucket=SSL,
            ReplicationConfiguration={
                "Role": self.crr_role,
                "Rules": [
                    {
                        "ID": f"{SSL}-to-{SAAS}",
                        "Priority": 1,
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "DeleteMarkerReplication": {"Status": "Enabled"},
                        "Destination": {"Bucket": f"arn:aws:s3:::{SAAS}"},
                    }
                ],
            },
        )

    def route53(self):
        r = self.c("route53")
        z = r.create_hosted_zone(
            Name=f"{REF}.dns",
            CallerReference=f"seed-{REF}",
            VPC={"VPCRegion": REF, "VPCId": self.default_vpc(REF)},
            HostedZoneConfig={"PrivateZone": True, "Comment": "instances and databases of the region"},
        )
        r.change_resource_record_sets(
            HostedZoneId=z["HostedZone"]["Id"],
            ChangeBatch={
                "Changes": [
                    {
                        "Action": "CREATE",
                        "ResourceRecordSet": {
                            "Name": f"prod-1.{REF}.dns",
                            "Type": "A",
                            "TTL": 60,
                            "ResourceRecords": [{"Value": "172.31.0.10"}],
                        },
                    }
                ]
            },
        )

    def ec2(self):
        ec2, vpc = self.c("ec2"), self.default_vpc(REF)
        new = lambda n, d: ec2.create_security_group(GroupName=n, Description=d, VpcId=vpc)["GroupId"]
        allow = lambda g, *p: ec2.authorize_security_group_ingress(GroupId=g, IpPermissions=list(p))
        v4 = lambda *x: [{"CidrIp": c, "Description": d} for c, d in x]
        any4 = v4(("0.0.0.0/0", "anywhere"))
        allow(
            new("supertokens-nginx-port", "nginx of the SuperTokens cores"),
            {"IpProtocol": "tcp", "FromPort": 3567, "ToPort": 3600, "IpRanges": any4},
        )
        allow(
            new("dev-postgresql", "PostgreSQL of development databases"),
            {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": any4},
        )
        allow(new("ping-ssh", "ping"), {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": any4})
        allow(
            new("ec2-internal-team-access", "SSH for the team"),
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": v4(("198.51.100.0/28", "office"), ("203.0.113.64/28", "vpn")),
            },
        )
        default = ec2.describe_security_groups(
            Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
        )["SecurityGroups"][0]
        api = v4(("203.0.113.10/32", "prod node API"), ("203.0.113.11/32", "dev node API"))
        allow(
            default["GroupId"],
            {"IpProtocol": "tcp", "FromPort": 4243, "ToPort": 4243, "IpRanges": api},
            {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": api},
        )
        ec2.create_key_pair(KeyName=f"supertokens-{REF}")
        rt = ec2.describe_route_tables(
            Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
        )
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{REF}.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[rt["RouteTables"][0]["RouteTableId"]],
        )
        ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="s3",
            LogDestination=f"arn:aws:s3:::{LOGS}/vpc-flow-logs/",
            MaxAggregationInterval=600,
        )

    def rds(self):
        rds, ec2, vpc = self.c("rds"), self.c("ec2"), self.default_vpc(REF)
        subnets = [
            s["SubnetId"] for s in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        ]
        groups = {
            g["GroupName"]: g["GroupId"]
            for g in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
        }
        vanta = [
            {"Key": "VantaContainsUserData", "Value": "true"},
            {"Key": "VantaDescription", "Value": "db cluster to store development/production containers data"},
            {"Key": "VantaOwner", "Value": OWNER},
        ]
        rds.create_db_subnet_group(
            DBSubnetGroupName="supertokens-db", DBSubnetGroupDescription="databases of the region", SubnetIds=subnets
        )
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName="supertokens-aurora-pg15",
            DBParameterGroupFamily="aurora-postgresql15",
            Description="cluster parameters of the SaaS databases",
        )
        rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName="supertokens-aurora-pg15",
            Parameters=[
                {"ParameterName": n, "ParameterValue": v, "ApplyMethod": m, "Source": "user"}
                for n, v, m in (
                    ("rds.force_ssl", "1", "immediate"),
                    ("log_min_duration_statement", "1000", "immediate"),
                    ("shared_preload_libraries", "pg_stat_statements", "pending-reboot"),
                    ("timezone", "UTC", "immediate"),
                )
            ],
        )
        rds.create_db_parameter_group(
            DBParameterGroupName="supertokens-aurora-pg15-instance",
            DBParameterGroupFamily="aurora-postgresql15",
            Description="instance parameters of the SaaS databases",
        )
        rds.modify_db_parameter_group(
            DBParameterGroupName="supertokens-aurora-pg15-instance",
            Parameters=[
                {"ParameterName": n, "ParameterValue": v, "ApplyMethod": m, "Source": "user"}
                for n, v, m in (
                    ("max_connections", "1200", "pending-reboot"),
                    ("work_mem", "16384", "immediate"),
                    ("idle_in_transaction_session_timeout", "60000", "immediate"),
                )
            ],
        )
        rds.create_db_cluster(
            DBClusterIdentifier="supertokens-prod",
            Engine="aurora-postgresql",
            EngineVersion="15.8",
            DatabaseName="supertokens",
            Port=5432,
            MasterUsername="root_admin",
            MasterUserPassword="seed-only-Passw0rd",
            DBClusterParameterGroupName="supertokens-aurora-pg15",
            DBSubnetGroupName="supertokens-db",
            VpcSecurityGroupIds=[groups["default"], groups["dev-postgresql"]],
            BackupRetentionPeriod=7,
            PreferredBackupWindow="02:10-02:40",
            PreferredMaintenanceWindow="sun:03:30-sun:04:00",
            StorageEncrypted=True,
            DeletionProtection=True,
            CopyTagsToSnapshot=True,
            EnableCloudwatchLogsExports=["postgresql"],
            Tags=vanta + [{"Key": "env", "Value": "production"}],
        )
        for i in (1, 2):
            rds.create_db_instance(
                DBInstanceIdentifier=f"supertokens-prod-{i}",
                DBClusterIdentifier="supertokens-prod",
                DBInstanceClass="db.r6g.large",
                Engine="aurora-postgresql",
                DBParameterGroupName="supertokens-aurora-pg15-instance",
                PromotionTier=i - 1,
                PubliclyAccessible=True,
                AutoMinorVersionUpgrade=True,
                PreferredMaintenanceWindow="sun:03:30-sun:04:00",
                CopyTagsToSnapshot=True,
                Tags=vanta,
            )
        cw = self.c("cloudwatch")
        for metric, stat, op, threshold in (
            ("FreeableMemory", "Minimum", "LessThanThreshold", 52428800),
            ("FreeLocalStorage", "Minimum", "LessThanThreshold", 1073741824),
            ("CPUUtilization", "Maximum", "GreaterThanThreshold", 80),
            ("ReadIOPS", "Maximum", "GreaterThanThreshold", 1000),
        ):
            cw.put_metric_alarm(
                AlarmName=f"db-supertokens-prod {metric}",
                Namespace="AWS/RDS",
                MetricName=metric,
                Statistic=stat,
                Dimensions=[{"Name": "DBClusterIdentifier", "Value": "supertokens-prod"}],
                Period=900,
                EvaluationPeriods=1,
                DatapointsToAlarm=1,
                Threshold=threshold,
                ComparisonOperator=op,
                TreatMissingData="missing",
                ActionsEnabled=True,
                AlarmActions=[f"arn:aws:sns:{REF}:{self.acct}:CloudWatch_Alarms_US_East_1_RDS"],
            )

    def ssm(self):
        ssm = self.c("ssm")

        def script(image, extra=""):
            return (
                '---\nschemaVersion: "2.2"\ndescription: "start or update a container"\nparameters:\n'
                '  imageVersion:\n    type: String\n    description: "tag of the image"\n'
                '  containerName:\n    type: String\n    description: "name of the container"\n'
                "mainSteps:\n- action: aws:runShellScript\n  name: startUpdate\n  inputs:\n    runCommand:\n"
                f'    - "docker pull {image}:{{{{ imageVersion }}}}"\n'
                f'    - "docker run -d --name {{{{ containerName }}}} {extra}{image}:{{{{ imageVersion }}}}"\n'
            )

        tags = [{"Key": "VantaOwner", "Value": OWNER}]
        name = "StartUpdateSuperTokens"
        ssm.create_document(
            Name=name,
            Content=script("supertokens/core"),
            DocumentType="Command",
            DocumentFormat="YAML",
            TargetType="/AWS::EC2::Instance",
            Tags=tags,
        )
        for extra in ("-p 3567:3567 ", "-p 3567:3567 --restart always "):
            ssm.update_document(
                Name=name,
                Content=script("supertokens/core", extra),
                DocumentFormat="YAML",
                DocumentVersion="$LATEST",
                TargetType="/AWS::EC2::Instance",
            )
        ssm.update_document_default_version(
            Name=name, DocumentVersion="2"
        )  # not the latest: callers choose the version
        ssm.create_document(
            Name="StartUpdateNginx",
            Content=script("nginx", "-p 3568:443 "),
            DocumentType="Command",
            DocumentFormat="YAML",
            TargetType="/AWS::EC2::Instance",
            Tags=tags,
        )
        boxy = {
            "schemaVersion": "2.2",
            "description": "start or update BoxyHQ",
            "parameters": {
                "jacksonApiKeys": {"type": "String", "description": "keys"},
                "boxyHQPort": {"type": "String", "default": "5125", "description": "port"},
            },
            "mainSteps": [
                {
                    "action": "aws:runShellScript",
                    "name": "startUpdate",
                    "inputs": {
                        "runCommand": [
                            "docker run -d -p {{ boxyHQPort }}:5225 -e JACKSON_API_KEYS={{ jacksonApiKeys }} boxyhq/jackson"
                        ]
                    },
                }
            ],
        }
        ssm.create_document(
            Name="StartUpdateBoxyHQ",
            Content=json.dumps(boxy, indent=2),
            DocumentType="Command",
            DocumentFormat="JSON",
            TargetType="/AWS::EC2::Instance",
            Tags=tags,
        )
        for i in range(3, self.a.documents):
            ssm.create_document(
                Name=f"Maintenance-{i:03d}",
                Content=script(f"supertokens/task-{i}"),
                DocumentType="Command",
                DocumentFormat="YAML",
                TargetType="/AWS::EC2::Instance",
                Tags=tags,
            )

    # ------------------------------------------------------------------ eu-west-1
    def lambdas(self):
        lam, s3 = self.c("lambda", LREF), self.c("s3", LREF)
        # GetFunction's Code.Location in moto points at this bucket (and only when the code came from S3), so code kept
        # here can really be downloaded through the endpoint: a client needs only to send the URL's host as Host header.
        s3.create_bucket(Bucket=CODE_BUCKET, CreateBucketConfiguration={"LocationConstraint": LREF})
        base = [
            ("ssl-updater", "nodejs22.x", "index.handler", 60, 256),
            ("container-health", "nodejs22.x", "index.handler", 30, 128),
            ("rds-usage-report", "python3.13", "main.handler", 300, 512),
            ("log-forwarder", "python3.13", "main.handler", 15, 128),
            ("deploy-hook", "nodejs22.x", "src/hook.handler", 10, 1024),
        ]
        base += [(f"job-{i:04d}", "python3.13", "main.handler", 30, 128) for i in range(5, self.a.functions)]
        if self.a.code_dir:
            os.makedirs(self.a.code_dir, exist_ok=True)
        for i, (name, runtime, handler, timeout, memory) in enumerate(base):
            code = (
                zip_of("main.py", f"# {name}\ndef handler(event, context):\n    return {i}\n")
                if runtime.startswith("python")
                else zip_of(handler.rsplit(".", 1)[0] + ".js", f"// {name}\nexports.handler = async () => {i};\n")
            )
            key = f"snapshots/{self.acct}/{name}-{hashlib.sha256(code).hexdigest()[:12]}"
            s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=code, ACL="public-read")  # moto's URL isn't presigned
            lam.create_function(
                FunctionName=name,
                Runtime=runtime,
                Role=self.lambda_role,
                Handler=handler,
                Code={"S3Bucket": CODE_BUCKET, "S3Key": key},
                Timeout=timeout,
                MemorySize=memory,
                Description=f"{name} of the managed service",
                Environment={
                    "Variables": {
                        "STAGE": "production",
                        "API_KEY": f"not-a-real-key-{i}",
                        "API_URL": "https://api.example.com/0",
                    }
                },
                Tags={"VantaOwner": OWNER, "VantaDescription": f"{name} function", "team": "saas"},
            )
            if self.a.code_dir:
                with open(os.path.join(self.a.code_dir, name + ".zip"), "wb") as f:
                    f.write(code)

    # ------------------------------------------------------------------ target
    def log_groups(self):
        logs = self.c("logs", self.a.target)
        for i in range(self.a.log_groups):
            logs.create_log_group(logGroupName=f"/supertokens/{'core' if i % 2 else 'nginx'}/{i:04d}")

    def run(self):
        for step in (
            self.sns,
            self.s3,
            self.iam,
            self.replication,
            self.route53,
            self.ec2,
            self.rds,
            self.ssm,
            self.lambdas,
            self.log_groups,
        ):
            try:
                step()
            except ClientError as e:
                sys.exit(f"seed: {step.__name__}: {e}")
        print(
            f"seeded account {self.acct}: {self.a.functions} functions, {self.a.documents} documents, "
            f"{self.a.log_groups} log groups in {self.a.target}"
        )


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--target", default="ap-south-1")
    p.add_argument("--email", default="alarms@example.com")
    p.add_argument("--functions", type=int, default=5, help="5 have names of their own, the others are job-0005 and on")
    p.add_argument("--log-groups", type=int, default=5, help="without retention, in the target region")
    p.add_argument(
        "--documents", type=int, default=3, help="3 have names of their own, the others are Maintenance-003 and on"
    )
    p.add_argument(
        "--code-dir", help="also write each function's package here, as FUNCTION.zip: not all peers download it"
    )
    Seed(p.parse_args()).run()
