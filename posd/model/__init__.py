"""What posd knows, as values. Pure: time comes in as an argument, nothing goes out.

Read `facts` (everything that can ever have happened), then the records that facts add up to:
`attempt` (one try to move money, and its legal moves), `payment_intent`, `reader`, `access_key`;
then `projection` (one fact → the records it changes), `money`, `business_day`, `effect` (what is
owed upstream) and `matching` (does the terminal's last transaction prove the attempt?).
"""
