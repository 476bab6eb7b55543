"""The RFM tables that are in use, as they are published: names, best first, and the codes of each."""

Table = dict[str, list[str]]

# R and FM. Each cell lies inside Putler's published ranges, which overlap in 20 of the 25 cells as they stand.
PUTLER11: Table = {
    "Champions": ["5[4-5]", "45"],
    "Loyal Customers": ["44", "3[4-5]"],
    "Potential Loyalists": ["[4-5][2-3]"],
    "New Customers": ["51"],
    "Promising": ["41"],
    "Need Attention": ["33"],
    "About To Sleep": ["3[1-2]"],
    "At Risk": ["2[3-5]", "13"],
    "Can't Lose Them": ["1[4-5]"],
    "Hibernating": ["2[1-2]", "12"],
    "Lost": ["11"],
}

_RFM125 = {
    "Champions": "555 554 544 545 454 455 445",
    "Loyal Customers": "543 444 435 355 354 345 344 335",
    "Potential Loyalists": (
        "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323"
    ),
    "New Customers": "512 511 422 421 412 411 311",
    "Promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "Need Attention": "535 534 443 434 343 334 325 324",
    "About To Sleep": "331 321 312 221 213 231 241 251",
    "At Risk": "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
    "Can't Lose Them": "155 154 144 214 215 115 114 113",
    "Hibernating": "332 322 233 232 223 222 132 123 122 212 211",
    "Lost": "111 112 121 131 141 151",
}
RFM125: Table = {name: codes.split() for name, codes in _RFM125.items()}

# R and F; the segments are called as in the two tables above, or no two sets could be compared by name.
RF10: Table = {
    "Champions": ["5[4-5]"],
    "Loyal Customers": ["[3-4][4-5]"],
    "Potential Loyalists": ["[4-5][2-3]"],
    "New Customers": ["51"],
    "Promising": ["41"],
    "Need Attention": ["33"],
    "About To Sleep": ["3[1-2]"],
    "At Risk": ["[1-2][3-4]"],
    "Can't Lose Them": ["[1-2]5"],
    "Hibernating": ["[1-2][1-2]"],
}
