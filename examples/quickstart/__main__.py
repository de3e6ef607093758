"""A team with rights of its own, and a robot with a key: the six main resources, composed."""

import pulumi

import pulumi_scw_iam as iam

# People: two members of the organization, in a group, and a policy for the group.
alice = iam.User(
    "alice",
    email="alice@example.com",
    username="alice",
    first_name="Alice",
    password=pulumi.Config().get_secret("alicePassword"),
)
bob = iam.User("bob", email="bob@example.com", username="bob", first_name="Bob")

developers = iam.Group(
    "developers",
    description="They build it and run it",
    user_ids=[alice.id, bob.id],
    tags=["team=developers"],
)

iam.Policy(
    "developers",
    description="Work with instances and read the rest, in all projects",
    group_id=developers.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["AllProductsReadOnly", "InstancesFullAccess"],
            organization_id=developers.organization_id,
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

# A machine: an application that may push images, and its key.
robot = iam.Application("robot", description="Pushes container images")

iam.Policy(
    "robot",
    application_id=robot.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ContainerRegistryFullAccess"],
            organization_id=robot.organization_id,
        )
    ],
)

key = iam.APIKey("robot", application_id=robot.id, description="For the build pipeline")

pulumi.export("developers", developers.id)
pulumi.export("ssh_fingerprint", laptop.fingerprint)
pulumi.export("robot_access_key", key.access_key)
pulumi.export("robot_secret_key", key.secret_key)
