"""The six main resources in one program: a team with permissions, and a robot with an API key."""

from datetime import datetime, timezone

import pulumi

import pulumi_scw_iam as iam

OWNER = "owner=platform"

# People: two members of the organization, a group of both, and a policy for the group.
alice = iam.User(
    "alice",
    email="alice@example.com",
    username="alice",
    first_name="Alice",
    password=pulumi.Config().get_secret("alicePassword"),
    tags=[OWNER],
)
bob = iam.User("bob", email="bob@example.com", username="bob", first_name="Bob", tags=[OWNER])

developers = iam.Group(
    "developers",
    description="Build and operate the product",
    user_ids=[alice.id, bob.id],
    tags=[OWNER, "team=developers"],
)

iam.Policy(
    "developers",
    description="Manage instances and read everything else, in one project",
    group_id=developers.id,
    tags=[OWNER],
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["AllProductsReadOnly", "InstancesFullAccess"],
            project_ids=[iam.default_project_id()],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["ProjectReadOnly"],
            organization_id=developers.organization_id,
        ),
    ],
)

laptop = iam.SSHKey(
    "alice-laptop",
    public_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER alice@laptop",
)

# A machine: an application with permission to push images, and its API key.
robot = iam.Application("robot", description="Pushes container images", tags=[OWNER])

iam.Policy(
    "robot",
    application_id=robot.id,
    tags=[OWNER],
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ContainerRegistryFullAccess"],
            project_ids=[iam.default_project_id()],
        )
    ],
)

# The key expires on the first day of the month after next. The first `pulumi up` of each month sets a new
# date, and the new date replaces the key.
today = datetime.now(timezone.utc)
year, month = divmod(today.year * 12 + today.month + 1, 12)

key = iam.APIKey(
    "robot",
    application_id=robot.id,
    description=f"For the build pipeline, {OWNER}",
    expires_at=f"{year}-{month + 1:02}-01T00:00:00Z",
)

pulumi.export("developers", developers.id)
pulumi.export("ssh_fingerprint", laptop.fingerprint)
pulumi.export("robot_access_key", key.access_key)
pulumi.export("robot_secret_key", key.secret_key)
