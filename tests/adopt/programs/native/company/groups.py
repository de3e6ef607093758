"""Groups of the organization."""

import pulumi
import pulumi_scw_iam_native as iam

import applications
import users

# fmt: off
everyone_user_ids: list[pulumi.Input[str]] = [
    users.user000.id, users.user001.id, users.user002.id, users.user003.id,
    users.user004.id, users.user005.id, users.user006.id, users.user007.id,
    users.user008.id, users.user009.id, users.user010.id, users.user011.id,
    users.user012.id, users.user013.id, users.user014.id, users.user015.id,
    users.user016.id, users.user017.id, users.user018.id, users.user019.id,
    users.user020.id, users.user021.id, users.user022.id, users.user023.id,
    users.user024.id, users.user025.id, users.user026.id, users.user027.id,
    users.user028.id, users.user029.id, users.user030.id, users.user031.id,
    users.user032.id, users.user033.id, users.user034.id, users.user035.id,
    users.user036.id, users.user037.id, users.user038.id, users.user039.id,
    users.user040.id, users.user041.id, users.user042.id, users.user043.id,
    users.user044.id, users.user045.id, users.user046.id, users.user047.id,
    users.user048.id, users.user049.id, users.user050.id, users.user051.id,
    users.user052.id, users.user053.id, users.user054.id, users.user055.id,
    users.user056.id, users.user057.id, users.user058.id, users.user059.id,
    users.user060.id, users.user061.id, users.user062.id, users.user063.id,
    users.user064.id, users.user065.id, users.user066.id, users.user067.id,
    users.user068.id, users.user069.id, users.user070.id, users.user071.id,
    users.user072.id, users.user073.id, users.user074.id, users.user075.id,
    users.user076.id, users.user077.id, users.user078.id, users.user079.id,
    users.user080.id, users.user081.id, users.user082.id, users.user083.id,
    users.user084.id, users.user085.id, users.user086.id, users.user087.id,
    users.user088.id, users.user089.id, users.user090.id, users.user091.id,
    users.user092.id, users.user093.id, users.user094.id, users.user095.id,
    users.user096.id, users.user097.id, users.user098.id, users.user099.id,
    users.user100.id, users.user101.id, users.user102.id, users.user103.id,
    users.user104.id, users.user105.id, users.user106.id, users.user107.id,
    users.user108.id, users.user109.id, users.user110.id, users.user111.id,
    users.user112.id, users.user113.id, users.user114.id, users.user115.id,
    users.user116.id, users.user117.id, users.user118.id, users.user119.id,
    users.user120.id, users.user121.id, users.user122.id, users.user123.id,
    users.user124.id, users.user125.id, users.user126.id, users.user127.id,
    users.user128.id, users.user129.id, users.user130.id, users.user131.id,
    users.user132.id, users.user133.id, users.user134.id, users.user135.id,
    users.user136.id, users.user137.id, users.user138.id, users.user139.id,
    users.user140.id, users.user141.id, users.user142.id, users.user143.id,
    users.user144.id, users.user145.id, users.user146.id, users.user147.id,
    users.user148.id, users.user149.id,
]
# fmt: on

everyone = iam.Group(
    "everyone",
    description="All people",
    user_ids=everyone_user_ids,
    application_ids=[],
)

leads = iam.Group(
    "leads",
    user_ids=[
        users.user000.id,
        users.user001.id,
        users.user002.id,
        users.user003.id,
        users.user004.id,
        users.user005.id,
        users.user006.id,
    ],
    application_ids=[
        applications.robot_de.id,
        applications.robot_es.id,
        applications.robot_fr.id,
        applications.robot_it.id,
    ],
)
