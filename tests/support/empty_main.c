/* empty_main.c - the program of the per-layer link checks: that it links is the test. */
int main(void)
{
    return 0;
}
