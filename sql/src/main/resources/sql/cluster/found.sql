-- Names the cluster once; later calls change nothing. Lock: the row's own, by the key.
insert into quorate.cluster (name) values (:name) on conflict (one) do nothing
