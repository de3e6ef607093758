"""All resources of the package: each with all of its fields, and with as few as it allows."""

import pulumi

import pulumi_scw_iam as iam

LAPTOP = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER"
DESKTOP = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7"
    "opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg="
)
CERTIFICATE = """
-----BEGIN CERTIFICATE-----
MIIBCTCBsaADAgECAgEBMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA2lkcDAgFw0y
MDAxMDEwMDAwMDBaGA8yMjIwMDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDaWRwMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE21iQEWH6eeIEqbsklOgoIZ77nLz5ScaU
+gDKfpV150vu7isPpJOf8LXFH0foC7buqSoi512cl413V0WrE+eBiDAKBggqhkjO
PQQDAgNHADBEAiA+EeGPhI9TBzk/d10/QrqCGZxtbC1FXiIQvG/K+BgwXgIgTuLD
IOzO946vlNeqcTtEVZLjsN2ReQmCg2hbf32pA+c=
-----END CERTIFICATE-----
"""

config = pulumi.Config()
# A test changes these two, and with them one field of each resource that can be updated.
word = config.get("word") or "kept"
attempts = config.get_int("attempts") or 7
# Secrets of the program, and a project that is not the default one.
password = config.require_secret("password")
tag = config.require_secret("tag")
web = config.require("web")
# A secret of the Secret Manager, as region and UUID.
vault = config.require("vault")

alice = iam.User(
    "alice",
    email="Alice@example.com",
    username="alice",
    type="member",
    password=password,
    first_name=word,
    last_name="Liddell",
    phone_number="+33123456789",
    locale="fr_FR",
    tags=["team=web", "a"],
    locked=True,
    send_welcome_email=True,
)
member = iam.User("member", email="member@example.com", username="member", send_password_email=True)
guest = iam.User("guest", email="guest@example.com", type="guest", tags=[word])

robot = iam.Application("robot", name="robot 1", description=word, tags=["team=web", "a"])
bare_application = iam.Application("bare-application")

developers = iam.Group(
    "developers",
    name="developers 1",
    description=word,
    tags=[tag, "a"],
    user_ids=[alice.id, guest.id],
    application_ids=[robot.id],
)
empty_group = iam.Group("empty-group", user_ids=[], application_ids=[])
bare_group = iam.Group("bare-group", pulumi.ResourceOptions(parent=developers))

# A group that the program only looks up, and that others fill. Its `id` is not used: some engines do not
# know it in a preview.
others = iam.get_group(name="ops")
iam.Group.get("ops", others.id)
iam.GroupMembership("member-in-ops", group_id=others.id, user_id=member.id)
iam.GroupMembership(
    "application-in-bare-group",
    group_id=bare_group.id,
    application_id=bare_application.id,
)

iam.Policy(
    "of-group",
    name="of group 1",
    description=word,
    tags=["team=web", "a"],
    group_id=developers.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["IAMReadOnly", "ProjectReadOnly"],
            organization_id=iam.default_organization_id(),
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["InstancesFullAccess", "ContainersReadOnly"],
            project_ids=[web, iam.default_project_id()],
            condition=iam.conditions.ip("203.0.113.7"),
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["AllProductsReadOnly"],
            all_projects=True,
            condition=tag.apply(lambda text: f"request.user_agent.contains('{text}')"),
        ),
    ],
)
iam.Policy(
    "of-application",
    application_id=bare_application.id,
    rules=[
        {"permission_set_names": ["ObjectStorageReadOnly"], "project_ids": [web]},
    ],
)
iam.Policy("of-user", user_id=guest.id)
iam.Policy("of-nobody", no_principal=True)

key = iam.APIKey(
    "of-robot",
    application_id=robot.id,
    description=word,
    default_project_id=web,
    expires_at="2999-01-31T12:00:00+02:00",
)
iam.APIKey("of-alice", user_id=alice.id)
# The secret keys of these two are in the Secret Manager.
iam.APIKey(
    "in-vault",
    application_id=robot.id,
    description="in the vault",
    secret_id=vault,
    secret_format="json",
)
iam.APIKey("bare-in-vault", application_id=bare_application.id, secret_id=vault)

# They rotate in a hundred years.
iam.RotatingAPIKey(
    "rotating",
    application_id=robot.id,
    description=word,
    default_project_id=web,
    rotate_after="36500d",
    overlap="30d",
    rotation_triggers=["first"],
)
iam.RotatingAPIKey(
    "rotating-in-vault",
    user_id=alice.id,
    description="rotating in the vault",
    rotate_after="36500d",
    secret_id=vault,
    secret_format="env",
)
iam.RotatingAPIKey("bare-rotating", application_id=bare_application.id)

iam.SSHKey(
    "laptop",
    name=word,
    public_key=f"{LAPTOP} alice@laptop",
    disabled=True,
    project_id=web,
)
iam.SSHKey("desktop", public_key=DESKTOP)

iam.OrganizationSecuritySettings(
    "settings",
    login_attempts_before_locked=attempts,
    max_login_session_duration="43200s",
    enforce_password_renewal=True,
    grace_period_duration="86400s",
    max_api_key_expiration_duration="0s",
)

saml = iam.SAML(
    "saml",
    entity_id=f"https://idp.example.com/{word}",
    single_sign_on_url="https://idp.example.com/sso",
)
iam.SAMLCertificate("signing", saml_id=saml.id, type="signing", content=CERTIFICATE)
iam.SAMLCertificate("encryption", saml_id=saml.id, type="encryption", content=CERTIFICATE)

scim = iam.SCIM("scim")

pulumi.export("developers", developers.id)
pulumi.export("secret_key", key.secret_key)
