$sizes = @(1KB, 1.5MB, 0x10, 10GB)
$sum = 0
for ($i = 0; $i -lt $sizes.Length; $i++) {
    $sum += $sizes[$i]
}
while ($sum -gt 1GB) { $sum = $sum / 2 }
$last = $sizes[-1]
$some = $sizes[0..1]
$matrix = @(
    @(1, 2),
    @(3, 4)
)
"$sum $last $($some -join ',') $($matrix[1][0])"
