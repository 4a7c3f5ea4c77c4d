-- upward: which states are under way to a platform above, so that whoever goes on after a death sends the same message.

alter table upward.target add column upto bigint;  -- the last state of the newest message; what comes later is not in it
