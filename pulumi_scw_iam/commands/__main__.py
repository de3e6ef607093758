"""`python -m pulumi_scw_iam.commands`."""

import sys

from pulumi_scw_iam.commands.main import main

sys.exit(main())
