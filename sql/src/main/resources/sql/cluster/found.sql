-- Names the cluster once; later calls change nothing. Lock: the new row, by its key.
insert into quorate.cluster (name) values (:name) on conflict (one) do nothing
