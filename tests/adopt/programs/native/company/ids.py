"""The ids of objects that this program refers to, but does not manage."""

PROJECTS = {
    "shop-de": "37dc9670-fc45-5d11-a825-894ef85277cf",
    "shop-es": "fa1dcb22-15b2-5209-b20e-06f085c2beb4",
    "shop-fr": "7d808f1a-ed44-510e-8ffe-d98df73b181d",
    "shop-it": "ae393d15-5ee1-5c0e-afe4-98303f7c08e3",
}

ORGANIZATION_ID = "11111111-2222-4333-8444-555555555555"
