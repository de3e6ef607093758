import pytest, json
from tests.engine.conftest import *
pytestmark = pytest.mark.engine
@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_it(stack, iam_emulator):
    P = """
app = iam.Application("robot")
iam.APIKey("k1", application_id=app.id)
iam.APIKey("k2", application_id=app.id, expires_at="2027-11-01T00:00:00Z", description="owner=me")
u = iam.User("u", email="a@example.com", username="anaa", password=pulumi.Output.secret("secret pass"))
g = iam.Group("g", user_ids=[u.id], application_ids=[app.id])
iam.Policy("p", group_id=g.id, rules=[iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"], organization_id=iam.default_organization_id())])
"""
    pack = str(ROOT/"policy-pack")
    r = stack.preview(P, ok=False) if False else stack._operate
    stack.write(P)
    run = stack._operate("preview", "--policy-pack", pack, ok=False)
    print(run.output)
    log = stack.folder.parent / "events.json"
    for line in log.read_text().splitlines():
        e=json.loads(line)
        for k in e:
            if "olic" in k or "emediat" in k: print(k, json.dumps(e[k])[:600])
    import subprocess
