"""Organizations to adopt, written by hand, and programs of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.objects import Adoption, Existing, External
from pulumi_scw_iam.adopt.program.write import build_program, names_in
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.adopt.objects import Front
    from pulumi_scw_iam.adopt.program.write import Written

__all__ = ["CASES", "FRONTS", "ORGANIZATION", "World", "id_of"]

ORGANIZATION = "11111111-2222-4333-8444-555555555555"
FRONTS: tuple[Front, ...] = ("python", "native", "yaml")
_SPACE = uuid.UUID(ORGANIZATION)
_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER"


def id_of(name: str) -> str:
    """Return the id of a name, always the same."""
    return str(uuid.uuid5(_SPACE, name))


@dataclass(kw_only=True)
class World:
    """Objects to adopt, and the objects around them."""

    existing: list[Existing] = field(default_factory=list)
    externals: dict[str, External] = field(default_factory=dict)

    def add(self, kind: str, object_id: str = "", *, label: str = "", **item: Any) -> str:
        """Add an object with its fields; return its id."""
        name = item.get("name") or item.get("username") or item.get("description") or ""
        object_id = object_id or id_of(f"{kind} {name} {len(self.existing)}")
        found = Existing(kind=KINDS[kind], id=object_id, item=item, label=label)
        self.existing.append(found)
        return object_id

    def external(self, noun: str, name: str) -> str:
        """Add an object that is not adopted; return its id."""
        object_id = id_of(f"{noun} {name} {len(self.externals)}")
        self.externals[object_id] = External(noun=noun, id=object_id, name=name)
        return object_id

    def adoptions(self, front: Front, texts: Mapping[str, str] | None = None) -> list[Adoption]:
        """Return the objects as resources. The arguments are the fields of the objects."""
        names = names_in(texts or {}, front, self.existing, self.externals)
        return [
            Adoption(
                existing=found,
                name=name,
                inputs=arguments,
                outputs=arguments,
                arguments=arguments,
            )
            for found, name in zip(self.existing, names, strict=True)
            for arguments in (
                {
                    f.name: found.item[f.name]
                    for f in fields(found.kind.inputs)
                    if f.name in found.item
                },
            )
        ]

    def program(
        self,
        front: Front,
        texts: Mapping[str, str] | None = None,
        *,
        project: str = "iam",
        modules_from: int = 41,
    ) -> Written:
        """Return the program of all objects."""
        return build_program(
            front,
            self.adoptions(front, texts),
            self.externals,
            ORGANIZATION,
            project=project,
            texts=texts or {},
            modules_from=modules_from,
        )


def team() -> World:
    """Return a small organization, with every kind of resource."""
    world = World()
    web, data = world.external("project", "web"), world.external("project", "data platform")
    owner = world.external("user", "owner@example.com")
    alice = world.add(
        "User",
        username="alice",
        email="alice@example.com",
        first_name="Alice",
        tags=["owner=platform"],
    )
    bob = world.add("User", username="bob", email="bob@example.com")
    ci = world.add("Application", name="ci", description="Builds and deploys the web site")
    devs = world.add(
        "Group",
        name="devs",
        description="Build and operate the product",
        user_ids=[bob, owner, alice],
        application_ids=[],
        tags=["team=devs"],
    )
    on_call = world.add("Group", name="on-call")
    world.add("GroupMembership", f"{on_call}/user/{alice}", group_id=on_call, user_id=alice)
    world.add("GroupMembership", f"{on_call}/application/{ci}", group_id=on_call, application_id=ci)
    world.add(
        "Policy",
        name="devs",
        description="Manage instances, and read everything else from the office",
        group_id=devs,
        rules=[
            {"permission_set_names": ["InstancesFullAccess"], "project_ids": [web, data]},
            {
                "permission_set_names": ["AllProductsReadOnly"],
                "organization_id": ORGANIZATION,
                "condition": 'request.ip == "203.0.113.7" && request.time.getHours("Europe/Paris") >= 8 && '
                'request.time.getHours("Europe/Paris") < 19',
            },
            {
                "permission_set_names": ["IAMReadOnly", "ProjectReadOnly"],
                "organization_id": ORGANIZATION,
            },
        ],
    )
    world.add(
        "Policy",
        name="Deployment (web)",
        application_id=ci,
        rules=[
            {
                "permission_set_names": ["ContainersFullAccess", "ContainerRegistryFullAccess"],
                "project_ids": [web],
                "condition": 'request.user_agent=="ci"',
            }
        ],
    )
    world.add("Policy", name="nobody", no_principal=True)
    world.add(
        "APIKey",
        "SCW1A2B3C4D5E6F7G8H9",
        application_id=ci,
        description="CI key",
        default_project_id=web,
        expires_at="2031-01-31T00:00:00Z",
    )
    world.add("APIKey", "SCWZZZZ3C4D5E6F7G8H9", user_id=alice, default_project_id=web)
    world.add("SSHKey", name="alice's laptop", public_key=_KEY, project_id=web)
    world.add(
        "OrganizationSecuritySettings",
        ORGANIZATION,
        organization_id=ORGANIZATION,
        login_attempts_before_locked=5,
    )
    saml = world.add("SAML", entity_id="https://idp.example.com", organization_id=ORGANIZATION)
    world.add("SAMLCertificate", saml_id=saml, type="signing", content=_CERTIFICATE)
    scim = world.add("SCIM", organization_id=ORGANIZATION)
    world.add("SCIMToken", f"{scim}/{id_of('token')}", scim_id=scim)
    return world


_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBCTCBr6ADAgECAgEBMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA2lkcDAeFw0y
MDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBaMA4xDDAKBgNVBAMMA2lkcDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABA+PbToCA7LcoG+nKktblQp8903Avxt6yjWL
hosLOQrrxmc/GVnKQCdd0Q6E+Otp+6kwNqCFpMHAWs9z8YAJ2HcwCgYIKoZIzj0E
AwIDSQAwRgIhAKZa2p4aVSdJRkqme9G6jmPmBIz+6EJ/4TBDrGUSQLjMAiEA9MzH
r67wViojoIj+9xfpF5DRLLmbOgf/m0T3ExqQ6LY=
-----END CERTIFICATE-----
"""


def company() -> World:
    """Return an organization of more than 40 objects, with a group of 150 members."""
    world = World()
    projects = [world.external("project", f"shop-{place}") for place in ("fr", "de", "it", "es")]
    members = [
        world.add("User", username=f"user{number:03}", email=f"user{number:03}@example.com")
        for number in range(150)
    ]
    robots = [world.add("Application", name=f"robot-{place}") for place in ("fr", "de", "it", "es")]
    everyone = world.add(
        "Group", name="everyone", user_ids=members, application_ids=[], description="All people"
    )
    leads = world.add("Group", name="leads", user_ids=members[:7], application_ids=robots)
    for number, (robot, project) in enumerate(zip(robots, projects, strict=True)):
        world.add(
            "Policy",
            name=f"robot-{number}",
            application_id=robot,
            rules=[{"permission_set_names": ["ObjectStorageFullAccess"], "project_ids": [project]}],
        )
        world.add("APIKey", f"SCW{number}A2B3C4D5E6F7G8H9", application_id=robot)
    world.add(
        "Policy",
        name="everyone",
        group_id=everyone,
        rules=[{"permission_set_names": ["ProjectReadOnly"], "organization_id": ORGANIZATION}],
    )
    world.add(
        "Policy",
        name="leads",
        group_id=leads,
        rules=[
            {"permission_set_names": [name], "project_ids": [project]}
            for name in ("InstancesFullAccess", "VPCFullAccess", "RelationalDatabasesFullAccess")
            for project in projects
        ],
    )
    return world


def odd() -> World:
    """Return an organization of odd names: keywords, clashes, quotes, line ends, other scripts."""
    world = World()
    first, second = world.external("project", "web"), world.external("project", "web")
    tricky = world.external("project", 'a"]} ${pulumi.cwd} \u202e\n')
    unnamed = world.external("project", "")
    for name in ("class", "iam", "max", "users", "2nd-line", "devs", "a.b"):
        world.add("User", username=name, email=f"{name}@example.com")
    world.add("User", username="zoe@example.com", email="zoe@example.com")
    world.add("User", username="zoe@example.org", email="zoe@example.org")
    devs = world.add("Group", name="devs", user_ids=[], application_ids=[])
    world.add(
        "Group", name="Devs", description="${devs.id} $${x} $$ $", user_ids=[], application_ids=[]
    )
    world.add(
        "Group", name="-", description='"quoted" \'text\' \\ """', application_ids=[], user_ids=[]
    )
    for name in ("robot", "robot"):
        world.add("Application", name=name, description="two of one name")
    robot = world.existing[-1].id
    world.add(
        "APIKey",
        "SCW1A2B3C4D5E6F7G8H9",
        application_id=robot,
        description='import os; os.system("rm")\nprint(1) # \u202e\u2066 $${{',
    )
    world.add("APIKey", "SCW2A2B3C4D5E6F7G8H9", application_id=robot, description="Ключ")
    world.add(
        "APIKey",
        "SCW3A2B3C4D5E6F7G8H9",
        user_id=world.existing[0].id,
        description="Déploiement (été)",
    )
    world.add("SSHKey", name="ssh key: # yes", public_key=_KEY, project_id=unnamed)
    world.add("SSHKey", name="yes", public_key=_KEY, project_id=tricky)
    world.add("SSHKey", name="日本", public_key=_KEY, project_id=first)
    world.add(
        "Policy",
        name="null",
        group_id=devs,
        tags=["1e3", "yes", "a=b", "-", "2030-01-01", "x: y"],
        rules=[
            {
                "permission_set_names": ["NewProductFullAccess"],
                "project_ids": [first, second, tricky, unnamed],
                "condition": 'resource.name.startsWith("it\'s") && '
                + " || ".join(f'request.ip == "203.0.113.{number}"' for number in range(1, 9)),
            },
            {
                "permission_set_names": ["AllProductsReadOnly"],
                "organization_id": ORGANIZATION,
                "condition": '(resource.id == "x" || !has(resource.id)) && request.user_agent.contains("${a}")',
            },
        ],
    )
    return world


CASES = {"team": team, "company": company, "odd": odd}
