"""Scaleway IAM, as found by `pulumi-scw-iam adopt`."""

import pulumi_scw_iam as iam

PROJECTS = {
    "web 13214a5f": "13214a5f-857b-5e68-8d5e-5839c32f73d7",
    "web 1534f957": "1534f957-0e5a-5625-a52c-0fa47dfddc74",
}

# Users
user_2nd_line = iam.User("2nd-line", email="2nd-line@example.com", username="2nd-line")
a_b = iam.User("a.b", email="a.b@example.com", username="a.b")
class_user = iam.User("class", email="class@example.com", username="class")
devs = iam.User("devs", email="devs@example.com", username="devs")
iam_user = iam.User("iam", email="iam@example.com", username="iam")
max_user = iam.User("max", email="max@example.com", username="max")
users_user = iam.User("users", email="users@example.com", username="users")

zoe_example_com = iam.User(
    "zoe-example-com",
    email="zoe@example.com",
    username="zoe@example.com",
)

zoe_example_org = iam.User(
    "zoe-example-org",
    email="zoe@example.org",
    username="zoe@example.org",
)

# Applications
robot_3b6112f6 = iam.Application(
    "robot-3b6112f6",
    name="robot",
    description="two of one name",
)

robot_a65e5d30 = iam.Application(
    "robot-a65e5d30",
    name="robot",
    description="two of one name",
)

# Groups
devs_group_3cf84e82 = iam.Group(
    "Devs",
    description="${devs.id} $${x} $$ $",
    user_ids=[],
    application_ids=[],
)

devs_group_33434c68 = iam.Group("devs", user_ids=[], application_ids=[])

group = iam.Group(
    "group",
    name="-",
    description='"quoted" \'text\' \\ """',
    user_ids=[],
    application_ids=[],
)

# Policies
iam.Policy(
    "null",
    tags=["1e3", "yes", "a=b", "-", "2030-01-01", "x: y"],
    group_id=devs_group_33434c68.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["NewProductFullAccess"],
            project_ids=[
                PROJECTS["web 13214a5f"],
                PROJECTS["web 1534f957"],
                "3f0b86f6-7605-5821-91ce-5ab13cb6ce7c",
                "bea16f4f-4678-5825-9535-da699e2cb0c8",
            ],
            condition=(
                'resource.name.startsWith("it\'s") && '
                'request.ip == "203.0.113.1" || '
                'request.ip == "203.0.113.2" || '
                'request.ip == "203.0.113.3" || '
                'request.ip == "203.0.113.4" || '
                'request.ip == "203.0.113.5" || '
                'request.ip == "203.0.113.6" || '
                'request.ip == "203.0.113.7" || '
                'request.ip == "203.0.113.8"'
            ),
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["AllProductsReadOnly"],
            all_projects=True,
            condition=(
                iam.conditions.resource_id("x")
                & iam.conditions.user_agent_contains("${a}")
            ),
        ),
    ],
)

# API keys
iam.APIKey("deploiement-ete", user_id=class_user.id, description="Déploiement (été)")

iam.APIKey(
    "import-os-os-system-rm-print-1",
    application_id=robot_3b6112f6.id,
    description='import os; os.system("rm")\nprint(1) # \u202e\u2066 $${{',
)

iam.APIKey("robot", application_id=robot_3b6112f6.id, description="Ключ")

# SSH keys
iam.SSHKey(
    "ssh-key",
    name="日本",
    public_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER",
    project_id=PROJECTS["web 13214a5f"],
)

iam.SSHKey(
    "ssh-key-yes",
    name="ssh key: # yes",
    public_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER",
    project_id="3f0b86f6-7605-5821-91ce-5ab13cb6ce7c",
)

iam.SSHKey(
    "yes",
    public_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER",
    project_id="bea16f4f-4678-5825-9535-da699e2cb0c8",
)
